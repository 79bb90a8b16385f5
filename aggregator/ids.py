"""Typed row ids: a feed's number cannot be handed to a function that wants an entry's."""

from typing import NewType

OutletId = NewType("OutletId", int)
FeedId = NewType("FeedId", int)
EntryId = NewType("EntryId", int)
ArticleId = NewType("ArticleId", int)
StoryId = NewType("StoryId", int)
TopicId = NewType("TopicId", int)
RecipientId = NewType("RecipientId", int)
AlertId = NewType("AlertId", int)
MessageRowId = NewType("MessageRowId", int)
