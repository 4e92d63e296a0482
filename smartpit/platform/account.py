"""Who runs the embedded PostgreSQL: it refuses root, so root must step down.

A checkout may lie in a folder that only root may enter. The user that root steps down to then
needs one capability, to walk through folders, and nothing else. PostgreSQL asks ``access()``,
which drops capabilities on the way unless the process says ``no_setuid_fixup``. Where the kernel
or util-linux does not offer this, the binaries and the cluster move to a folder all may enter.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

_CAPABILITIES = ("dac_read_search", "dac_override")
_USERS = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """A way to start a program as somebody PostgreSQL accepts."""

    prefix: tuple[str, ...] = ()
    spawn: dict[str, Any] = field(default_factory=dict)  # Keywords for subprocess.
    owner: tuple[int, int] | None = None  # Whom the cluster's folder must belong to.

    def run(self, command: list[str], **how: Any) -> "subprocess.CompletedProcess[str]":
        """Run ``command`` to its end, from a folder every account may stand in."""
        return subprocess.run(  # noqa: S603 - our own binaries, no shell
            [*self.prefix, *command],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            **self.spawn,
            **how,
        )

    def may_execute(self, program: Path) -> bool:
        """Tell whether this account can be taken on, and reaches ``program`` then."""
        try:
            return self.run(["/bin/sh", "-c", 'test -x "$0"', str(program)]).returncode == 0
        except OSError:
            return False


@cache
def accounts() -> tuple[Account, ...]:
    """Return the accounts to try, best first; the last one is always possible."""
    if os.geteuid() != 0:
        return (Account(),)
    user = _lesser_user()
    ids = (user.pw_uid, user.pw_gid)
    return (*_walkers(ids), Account(spawn=_step_down(ids), owner=ids))


def _walkers(ids: tuple[int, int]) -> list[Account]:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return []
    who = (setpriv, f"--reuid={ids[0]}", f"--regid={ids[1]}", "--clear-groups")
    return [
        Account(
            prefix=(
                *who,
                f"--inh-caps=-all,+{capability}",
                f"--ambient-caps=-all,+{capability}",
                "--securebits=+no_setuid_fixup",
            ),
            owner=ids,
        )
        for capability in _CAPABILITIES
    ]


def _step_down(ids: tuple[int, int]) -> dict[str, Any]:
    return {"user": ids[0], "group": ids[1], "extra_groups": []}


def _lesser_user() -> pwd.struct_passwd:
    for name in _USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL refuses root and this machine has no user postgres or nobody")
