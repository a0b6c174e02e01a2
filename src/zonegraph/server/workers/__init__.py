"""The processes that evaluate, and who talks to them.

In the process that speaks HTTP: `pool` has several workers and says who is next, `process` is one of them, `questions`
what they can be asked. In a worker: `program` is what runs there, and imports nothing of the web; `evaluation` answers
a question, `writing` cuts an answer off at its limits.
"""
