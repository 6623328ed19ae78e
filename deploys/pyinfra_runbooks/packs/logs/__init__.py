"""Why a container does not run, in its own last words."""
