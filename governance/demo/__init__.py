"""The demonstration: real places, an invented cast, and half a year of invented matters.

``./run`` loads it once through ``manage.py demo``. Everything is synthetic: people are 张某 and
李某某 with phone numbers from a range nobody has, the towns 青石镇 and 柳林镇 do not exist, and
only 青石镇 has officials with (invented) names. Histories are written with back-dated moments,
row by row as the real doors write them (``history``), so chains verify and figures add up.

=============  =========================================================================
places         the real trees, the invented towns, their grids and extra units
cast           the logins, the colleagues that past cases need
matters        what the cases are about, from ``texts/``
ladders        which ladder climbs where
history        one case over time: the acts, the climbs, the rows they leave
fates          what happens to a case, drawn by lot
loading        everything together, once
tour           five steps that follow one case number
=============  =========================================================================
"""
