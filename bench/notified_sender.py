"""The sending process of ``bench.notifications``: works as the worker's shift, rung by lines."""

import sys
from threading import Event, Thread

from billing.services.sending import Sender


def main() -> None:
    bell = Event()
    sender = Sender(bell)

    def hear() -> None:
        for _ in sys.stdin:
            bell.set()

    Thread(target=hear, daemon=True).start()
    while True:
        bell.wait(1)
        sender.work()


if __name__ == "__main__":
    main()
