"""From settings to the arguments of components: one function a component, each of them pure."""
