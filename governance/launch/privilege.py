"""Command prefixes: run as somebody who is not root, and die when the launcher dies."""

import functools
import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

from governance.launch.console import CannotStart
from governance.launch.state import folder as state_folder

# No user is created and the files stay root's; needs user namespaces.
NAMESPACE = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]


@functools.cache
def _works(*argv: str) -> bool:
    if shutil.which(argv[0]) is None:
        return False
    return subprocess.run(argv, capture_output=True, stdin=subprocess.DEVNULL).returncode == 0


def dies_with_parent(signal_name: str) -> list[str]:
    """Linux sends the signal when the launcher ends, even by SIGKILL.

    Must come after every other prefix: a change of credentials clears it.
    """
    prefix = ["setpriv", "--pdeathsig", signal_name, "--"]
    return prefix if sys.platform == "linux" and _works(*prefix, "true") else []


def without_root(program: Path, folder: Path) -> list[str]:
    """Prefix under which PostgreSQL, which refuses root, can run ``program`` on ``folder``.

    Empty for an ordinary user. Where user namespaces are forbidden the folder is handed to
    ``postgres`` or ``nobody``, and our folders above it become passable for that user.
    """
    if os.geteuid() != 0:
        return []
    state = state_folder()
    wish = os.environ.get("JIEYOU_UNROOT", "any")  # the tests take both ways
    if wish in ("any", "namespace") and _works(*NAMESPACE, str(program), "--version"):
        return NAMESPACE
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        prefix = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}"]
        prefix += ["--clear-groups", "--"]
        for passage in {folder.parent, *({state} & {folder.parent.parent})}:
            passage.chmod(0o711)
        reaches = [*prefix, "test", "-x", str(folder.parent)]
        if _works(*prefix, str(program), "--version") and _works(*reaches):
            return prefix
    raise CannotStart(
        "PostgreSQL refuses to run as root, user namespaces are not allowed here, and the users "
        f"postgres and nobody cannot reach both {program} and {folder}. Run ./run as an "
        "ordinary user, or set DATABASE_URL."
    )


def give(path: Path, prefix: list[str]) -> None:
    """Give ``path`` and all below to the user of a setpriv prefix; else leave it alone."""
    if not prefix or prefix[0] != "setpriv":
        return
    owner = [int(part.partition("=")[2]) for part in prefix if part.startswith("--re")]
    for each in [path, *path.rglob("*")]:
        os.chown(each, owner[0], owner[1])
