"""``python -m pyinfra_runbooks`` is the command ``runbooks``."""

from .jobs.cli import main

if __name__ == "__main__":
    main()
