"""The process that speaks HTTP: what is asked, whether it may be, in which format; the answers are the workers'.

`negotiation` and `protocol` are functions of a request's parts. `app` puts everything together.
"""
