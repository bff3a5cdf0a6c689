"""The Gradio pages; each module builds one, its handlers call a workflow."""
