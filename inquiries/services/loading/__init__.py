"""A database full of inquiries, for measuring: five years of an example district, whole in every invariant."""

from inquiries.services.loading.making import HoldsRealInquiries, Loaded, make_load

__all__ = ["HoldsRealInquiries", "Loaded", "make_load"]
