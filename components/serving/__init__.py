"""What serves the models: servers, their Pods, adapters, autoscalers and the token."""
