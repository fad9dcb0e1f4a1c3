"""On Google Cloud: project, network, cluster, node pools, accounts, buckets and edge."""
