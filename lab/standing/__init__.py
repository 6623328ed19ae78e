"""What stands in for an image that the lab has not: it finds its Redis, and answers on its ports.

It runs in a container on a lab host, with nothing but Python's own library; `/lab/plan.json` says
what `lab.adopting.plan` has read from the compose file about each service.
"""
