"""What Azure has made, out of the Resource Manager: the SDK as the transport, JSON decoded by us."""
