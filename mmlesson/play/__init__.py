"""The playground: a page in the browser on which networks train live."""
