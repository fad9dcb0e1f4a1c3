"""How requests find a server: CRDs, pools, objectives, Gateway and body router."""
