"""Preference pairs: conversion, diagnosis, and what is published of them."""
