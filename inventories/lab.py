"""The lab's hosts, which `python -m lab up` starts here. Their stack is in group_data/lab.py."""

from pathlib import Path

_ssh = Path(__file__).resolve().parent.parent / ".lab" / "ssh"

lab = (
    [
        # Here the user is in the group docker; there it has to become root.
        ("lab-redis7", {"ssh_port": 22070}),
        ("lab-redis8", {"ssh_port": 22080, "_sudo": True}),
    ],
    {
        "ssh_hostname": "127.0.0.1",
        "ssh_user": "deploy",
        "ssh_key": str(_ssh / "id_ed25519"),
        "ssh_known_hosts_file": str(_ssh / "known_hosts"),
        "ssh_strict_host_key_checking": "yes",
    },
)
