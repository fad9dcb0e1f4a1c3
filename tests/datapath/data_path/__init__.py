"""What the data path's tests run beside the engine tests' harness: what answers requests.

Envoy, the endpoint pickers and the LoRA syncer are the real ones, and model servers are llm-d's
simulators. Stand-ins are the kubelet, which starts them by the Pods that the program's charts and
Deployments made, and the gateway controller, which turns HTTPRoutes into Envoy's configuration.
"""
