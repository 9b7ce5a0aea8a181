"""What a cosine is worth is learned from the run itself."""

from __future__ import annotations

import numpy as np
import pytest

from tests.worlds.cards import broken_tracks, card_case, person_of, sightings
from tracker.review.card_embeddings import Embeddings, Numbers, same_person_nats, tracklet_numbers
from tracker.review.card_tracklets import cut_tracklets
from tracker.types import NO_NUMBER

WALKS = broken_tracks(people=8)


@pytest.mark.parametrize("noise", [0.3, 1.0, 2.0, 3.0])
def test_nats_tell_one_person_from_two_however_noisy_the_pictures(noise: float) -> None:
    case = card_case(WALKS, noise)
    tracklets = case.tracklets
    person = np.zeros(len(tracklets), int)
    person[tracklets.of] = person_of(WALKS, case.seen)
    nats = same_person_nats(*case.by_tracks, tracklets)
    a, b = np.triu_indices(len(tracklets), 1)
    same = person[a] == person[b]
    assert (nats[a, b][same] > 0).mean() > 0.85
    assert (nats[a, b][~same] < 0).mean() > 0.85


def test_where_there_is_no_picture_nothing_is_said() -> None:
    case = card_case(WALKS)
    unit, pictures = case.by_tracks
    pictures = pictures.copy()
    pictures[3] = 0
    nats = same_person_nats(unit, pictures, case.tracklets)
    assert (nats[3] == 0).all()
    assert (nats[:, 3] == 0).all()


def test_covered_boxes_and_broken_vectors_do_not_count() -> None:
    case = card_case(WALKS)
    vectors = case.embeddings.vectors.copy()
    vectors[::2] = np.nan
    half = card_case(WALKS)
    broken = type(half)(half.seen, Embeddings(half.embeddings.rows, vectors))
    assert len(broken.good.rows) == len(vectors) // 2


def test_the_number_most_often_read_is_the_tracklets() -> None:
    seen = sightings([(1, 0, 1, 40), (2, 1, 1, 40)])
    tracklets = cut_tracklets(seen)
    first = np.flatnonzero(seen.tracks == 1)
    read = Numbers(first[:5], np.array([7, 7, 7, 9, 9]), np.array([0.9, 0.9, 0.9, 0.9, 0.5]))
    assert tracklet_numbers(read, tracklets).tolist() == [7, NO_NUMBER]
    split = Numbers(first[:2], np.array([7, 9]), np.ones(2))
    assert tracklet_numbers(split, tracklets).tolist() == [NO_NUMBER, NO_NUMBER]
