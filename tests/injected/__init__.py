"""Single changes to golden states, and what each of them must raise: by contract.md, not by what the code says."""
