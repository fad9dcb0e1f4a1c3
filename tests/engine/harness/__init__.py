"""What the engine tests run beside the real parts: a control plane, and stand-ins for GKE.

The Pulumi engine, the API server, its controllers, the scheduler and Helm are the real ones, built
by `make toolchain`. Google Cloud, the two provider plugins, the kubelets (kwok) and GKE's Gateway
controller are stand-ins: thin, and as strict as what they stand for where that is known.
"""
