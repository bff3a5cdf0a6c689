"""The web application: FastAPI owns login and durable writes, Gradio pages are mounted in it."""
