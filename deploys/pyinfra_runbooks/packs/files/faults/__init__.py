"""Faults of the secrets: files that are not mounted, old, unreadable, or at odds."""

from __future__ import annotations

from lab.console import wait_until
from lab.faults.common import kill_clients, recreate_without_secrets
from lab.faults.model import PROCESS, ByStack, Fault, Refused, Repaired, Unaffected, touching
from lab.hosts import API, DIRECTORY, REDIS, Host
from lab.redis import ACL_FILE, ask

SECRETS = f"{DIRECTORY}/secrets"

# A new password, written in place so that all containers see it.
_NEW_PASSWORD = f"cd {SECRETS} && openssl rand -hex 24 >redis_password.txt"


def _secret_not_mounted(host: Host) -> None:
    recreate_without_secrets(host)


def _secret_stale_inode(host: Host) -> None:
    host.run(
        f"""set -eu
        cd {SECRETS}
        umask 077
        openssl rand -hex 24 >redis_password.txt.new
        hash=$(tr -d '\\n' <redis_password.txt.new | sha256sum | cut -d ' ' -f 1)
        sed "s/#[0-9a-f]*/#$hash/" redis_users.acl >redis_users.acl.new
        sed 's/.*/"&"/' redis_password.txt.new >redis_exporter_password.json.new
        for file in redis_password.txt redis_users.acl redis_exporter_password.json; do
            chown --reference=$file $file.new
            chmod --reference=$file $file.new
            mv $file.new $file
        done"""
    )


def _secret_wrong_owner(host: Host) -> None:
    host.run(f"chown root:root {ACL_FILE} && chmod 600 {ACL_FILE} && docker restart -t 30 {REDIS}")


def _password_without_newline(host: Host) -> None:
    host.run(f'cd {SECRETS} && p=$(cat redis_password.txt) && printf %s "$p" >redis_password.txt')


def _password_extra_newline(host: Host) -> None:
    host.run(f"echo >>{SECRETS}/redis_password.txt")


def _stopped_with_two_lines(host: Host) -> None:
    _password_extra_newline(host)
    host.run(f"docker stop --time 30 {REDIS}")


def _passwords_disagree(host: Host) -> None:
    host.run(
        f"""set -eu
        {_NEW_PASSWORD}
        acl=$(sed "s/#[0-9a-f]*/#$(openssl rand -hex 32)/" redis_users.acl)
        printf '%s\\n' "$acl" >redis_users.acl
        printf '"%s"\\n' "$(openssl rand -hex 24)" >redis_exporter_password.json"""
    )


def _exporter_disagrees(host: Host) -> None:
    file = f"{SECRETS}/redis_exporter_password.json"
    host.run(f"""printf '"%s"\\n' "$(openssl rand -hex 24)" >{file}""")


def rotate_acl(host: Host) -> None:
    """A new password for lwe-app in the ACL, loaded; the file that clients read has the former one.

    Through Redis 7.2 that ends every connection.
    """
    host.run(
        f"""set -eu
        umask 077
        cd {SECRETS}
        openssl rand -hex 24 >next
        hash=$(tr -d '\\n' <next | sha256sum | cut -d ' ' -f 1)
        acl=$(sed "s/#[0-9a-f]*/#$hash/" redis_users.acl)
        printf '%s\\n' "$acl" >redis_users.acl"""
    )
    ask(host, "ACL LOAD")


def hand_out_password(host: Host) -> None:
    """The new password to who reads it from a file."""
    host.run(
        f"""set -eu
        cd {SECRETS}
        cat next >redis_password.txt
        sed 's/.*/"&"/' next >redis_exporter_password.json
        rm next"""
    )


def _api_old_password(host: Host) -> None:
    """The ACL goes first: who asks Redis to load it logs in with the former password."""
    try:
        rotate_acl(host)
    finally:
        hand_out_password(host)
    kill_clients(host)


def _acl_is_directory(host: Host) -> None:
    host.run(f"rm {ACL_FILE} && mkdir {ACL_FILE}")


def _password_is_directory(host: Host) -> None:
    file = f"{SECRETS}/redis_password.txt"
    host.run(f"rm {file} && mkdir {file}")


def _disk_full(host: Host) -> None:
    """A file system of 64 KiB in place of the directory, which Redis and API have mounted from."""
    host.run(
        f"""set -eu
        docker stop --time 30 {REDIS} {API}
        mount -t tmpfs -o size=64k tmpfs /mnt
        cp -a {SECRETS}/. /mnt/
        chown --reference={SECRETS} /mnt
        chmod --reference={SECRETS} /mnt
        mount --move /mnt {SECRETS}
        docker start {REDIS} {API}"""
    )
    wait_until(host.is_healthy, f"the API of {host.name} to find Redis again", timeout=30)
    # What is not longer than what is there fits on a full disk, too.
    host.run(f": >{ACL_FILE}; dd if=/dev/zero of={SECRETS}/core bs=1k 2>/dev/null || :")


FAULTS = (
    Fault(
        "secret-not-mounted",
        "recreates Redis from another Compose file, without secrets and ACL",
        "API degraded: its user is unknown; strangers are let in; that file is gone",
        None,
        _secret_not_mounted,
        Repaired("recreate"),
        touching(*PROCESS, "redis-container", "redis-conf"),
        stage=0,
        causes=frozenset(
            {"config-differs", "file-not-mounted", "secret-not-mounted", "acl-not-configured"}
        ),
    ),
    Fault(
        "secret-stale-inode",
        "rotates the password by renaming new files over the secrets",
        "API ok for now; whichever of Redis and API restarts first locks the API out",
        "both containers hold the old files' inodes, and so agree with each other",
        _secret_stale_inode,
        Repaired("restart"),
        # A container that is started again would see the new files.
        touching(*PROCESS, "acl-file", "password-file", "api"),
        causes=frozenset({"secret-stale", "acl-differs", "api-stale"}),
    ),
    Fault(
        "secret-wrong-owner",
        "makes the ACL file readable for root alone, and restarts Redis",
        "API degraded: Redis can't read its ACL file, and restarts for ever",
        None,
        _secret_wrong_owner,
        Repaired("restart"),
        touching(*PROCESS, "acl-file"),
        loops=True,
        causes=frozenset({"secret-file", "redis-restart-loop"}),
    ),
    Fault(
        "password-without-newline",
        "takes the line's end from the password file",
        "nothing: it is the same password",
        "it leaves line ends out",
        _password_without_newline,
        Unaffected(),
        touching("password-file"),
    ),
    Fault(
        "password-extra-newline",
        "adds an empty line to the password file",
        "nothing for now: the API leaves line ends out, other readers may not",
        "it leaves line ends out",
        _password_extra_newline,
        Refused("has 2 lines, a password has one"),
        touching("password-file"),
    ),
    Fault(
        "redis-stopped-acl-unknown",
        "adds an empty line to the password file, and stops Redis",
        "API degraded; what the password is to be, and so the ACL, nobody can tell",
        None,
        _stopped_with_two_lines,
        Refused("has 2 lines, a password has one", besides=True),
        touching(*PROCESS, "password-file"),
        stage=3,
        causes=frozenset({"redis-stopped", "acl-unknown"}),
    ),
    Fault(
        "passwords-disagree",
        "puts a password of its own into each of the three files that have to agree",
        "API ok for now; when one of Redis and API restarts, the API is locked out",
        "its connection is logged in, and Redis has the rules in memory",
        _passwords_disagree,
        Refused("no user can log in to have it save"),
        touching(*PROCESS, "acl-file", "password-file", "api"),
    ),
    Fault(
        "exporter-disagrees",
        "puts another password into the exporter's file",
        "the exporter is locked out; the inventory says nothing of its file",
        "neither Redis nor the API reads that file",
        _exporter_disagrees,
        Unaffected(),
        touching(),
    ),
    Fault(
        "api-old-password",
        "rotates the password in place and loads the ACL; the API is not informed",
        "API degraded, if it has the former password in memory, until it is restarted",
        None,
        _api_old_password,
        ByStack(Unaffected(), Repaired("restart")),
        touching("acl-lwe-app", "acl-default", "acl-file", "password-file", "api"),
        incident_why_not="it reads the password again whenever it logs in",
    ),
    Fault(
        "acl-is-directory",
        "replaces the ACL file by a directory: what Docker makes of a missing file",
        "API ok for now; Redis can't be started again",
        "Redis holds the former file's inode",
        _acl_is_directory,
        Refused(r"redis_users\.acl.* directory"),
        touching(*PROCESS, "acl-file"),
    ),
    Fault(
        "password-is-directory",
        "replaces the password file by a directory",
        "API ok for now; neither Redis nor API can be started again",
        "both containers hold the former file's inode",
        _password_is_directory,
        Refused("is not a regular file: directory"),
        touching(*PROCESS, "password-file", "api"),
    ),
    Fault(
        "secrets-disk-full",
        "empties the ACL file, on a file system without any space left",
        "API ok for now; a restart of Redis fails, and the file can't be written",
        "Redis reads the file when it starts",
        _disk_full,
        Refused("No space left|could not be written"),
        touching(*PROCESS, "acl-file", "password-file", "api"),
        stage=0,
    ),
)
