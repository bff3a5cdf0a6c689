"""Human labelling: the embedded Argilla server, its tasks, and the way answers come back.

``server`` runs Argilla on the loopback address, ``client`` speaks its REST interface, ``tasks``
defines what people are asked, and ``sync`` turns what they answered into rows the workbench
can publish. Nothing here imports Argilla: the server runs in an environment of its own.
"""
