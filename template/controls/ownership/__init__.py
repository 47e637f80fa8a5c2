"""Who answers for the workflow and its models (OWN-1, OWN-2), and CODEOWNERS made from that."""
