"""What is true of the world: machine types, releases, images, models, durations.

Data with its source and date, no logic beyond look-ups. Imports nothing else of this project.
"""
