"""An exam for each student: the same questions for all, with numbers and an order of choices of their own.

`drawing` says which questions, `variants` what each student gets of them and how it is judged, `sheets` and `page`
write it down, `handing` keeps it and hands it out, `returned` takes it back, and `statement` says what the questions
were worth.
"""
