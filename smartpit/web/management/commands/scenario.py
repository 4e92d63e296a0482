"""``scenario FILE``: a story under a virtual clock, through the real services, to the yen."""

import json
import signal
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Self

from django.core.management.base import BaseCommand, CommandError

from smartpit.kernel.scratch import MayNotCreate, scratch_database
from smartpit.web.story.account import tell_story
from smartpit.web.story.words import BadStory, read_story

BAD_FILE = 2
INTERRUPTED = 130


class Command(BaseCommand):
    help = "物語ファイルを仮の時計と仮のデータベースで演じ、精算結果をJSONで表示します。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="物語のJSONファイル")

    def handle(self, *_args: Any, **options: Any) -> None:
        with CtrlC() as ctrl_c:
            try:
                story = read_story(_bytes_of(options["file"]))
                with scratch_database():
                    ctrl_c.heed()
                    told = tell_story(story)
            except MayNotCreate as refused:
                raise CommandError(
                    f"仮のデータベースを作れません（CREATEDB が必要です）: {refused}"
                ) from None
            except BadStory as bad:
                self.stderr.write(f"{options['file']}: {' '.join(str(bad).split())}")
                sys.exit(BAD_FILE)
        self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))


class CtrlC:
    """Ends with 130 when Ctrl-C was pressed inside, whatever became of the exception it raised.

    One raised inside a finaliser is lost, and what is left half done may end in an error of its
    own.
    """

    def __init__(self) -> None:
        self._pressed = False

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, *_ended: object) -> None:
        signal.signal(signal.SIGINT, self._before)
        if self._pressed:
            sys.exit(INTERRUPTED)

    def _press(self, *_at: object) -> None:
        self._pressed = True
        raise KeyboardInterrupt

    def heed(self) -> None:
        """Break off here if an earlier press was lost."""
        if self._pressed:
            raise KeyboardInterrupt


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as unread:
        raise BadStory(unread.strerror or "unreadable") from None
