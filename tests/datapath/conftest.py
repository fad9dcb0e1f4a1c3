"""What the data path's tests share. They run by `make datapath-test`, never with the unit tests."""

pytest_plugins = ["harness.report"]
