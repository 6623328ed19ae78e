"""The hosts of aiwfe.com. What their stack is: group_data/prod.py."""

prod = (
    [
        # Yours: every host that runs the stack, as ssh calls it. Aliases of ~/.ssh/config do.
        "aiwfe.com",
    ],
    {
        # Yours: who logs in there. The group docker is enough, unless files belong to root.
        "ssh_user": "deploy",
        # Yours, where it is not the agent or a default of ssh's:
        # "ssh_key": "~/.ssh/id_ed25519",
        # A host that nobody has met is refused, and so is one whose key changed.
        "ssh_strict_host_key_checking": "yes",
        # Yours, where the hosts' keys are kept elsewhere than in ~/.ssh/known_hosts:
        # "ssh_known_hosts_file": "/etc/ssh/ssh_known_hosts",
        # Yours: True where the user is not in the group docker and sudo asks for no password.
        # "_sudo": True,
    },
)
