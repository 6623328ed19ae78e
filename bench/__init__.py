"""The benchmark: this project beside its peers, at the same work, with the same end.

    make bench

    cases        what is wrong, on how many names, how far away
    contenders   who takes part, and how each is called; their files are in peers/
    targets      the names, as each of them reads them; inventory.py for pyinfra
    running      the rounds; measuring, client and ends look on
    distance     50 ms each way
    figures, goals, report, plot
    environment  the peers' own Python environment, .bench/venv, from requirements.lock; Python on
                 the hosts, which only Ansible needs; what all of it is

Results are pages in results/, and their single values stay in .bench. A goal that is missed is
said; only a different end is an error.
"""
