"""The hosts of aiwfe.com. Their stack is in group_data/prod.py."""

prod = (
    [
        # Yours: every host that runs the stack, as ssh names it. SSH config aliases work.
        "aiwfe.com",
    ],
    {
        # Yours: the user to log in as. The group docker is enough, unless files belong to root.
        "ssh_user": "deploy",
        # Yours, unless the key is in the agent or one of ssh's defaults:
        # "ssh_key": "~/.ssh/id_ed25519",
        # Unknown and changed host keys are rejected.
        "ssh_strict_host_key_checking": "yes",
        # Yours, if the hosts' keys are not in ~/.ssh/known_hosts:
        # "ssh_known_hosts_file": "/etc/ssh/ssh_known_hosts",
        # Yours: True if the user is not in the group docker, and sudo needs no password.
        # "_sudo": True,
    },
)
