"""The host of a YOSO grid."""
