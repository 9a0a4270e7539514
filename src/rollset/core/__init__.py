"""Decides: types in the field's words, selection, plan, budget, and `decide`. Pure; imports nothing of ours."""
