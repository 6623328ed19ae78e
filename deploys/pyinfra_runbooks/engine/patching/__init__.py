"""Changes to compose files, as patches that show no secret. Pure.

compose_file  one file as text and as a tree
inheritance   what its services take over from others, by ``<<`` and ``extends``
showable      which of its lines may be shown
scalars       a string as YAML
additions     the edits that add lines to it
patches       edits as a unified diff
proposals     edits, with what they mean and what is left as it is
trials        what Compose is asked about changed files
"""
