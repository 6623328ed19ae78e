"""An empty deploy: what pyinfra itself takes to start, to connect and to end."""
