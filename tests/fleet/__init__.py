"""Issue 6 end to end: a GitOps repository as large users keep it, four clusters that follow it, and what goes wrong."""

import pytest

pytest.register_assert_rewrite("tests.fleet.fleet")
