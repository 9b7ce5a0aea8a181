"""A drawn match with full truth: people, a camera, what happens, and what an annotator would write.

Read in this order: `people` (who), `camera` (how it is seen), `pose` and `figure` (one person as a
picture), `stadium` (everything that stands still), `choreography` (who is where, and when),
`scene` (one frame and its truth), `warmup` (the gallery), `files` (what is written).
"""
