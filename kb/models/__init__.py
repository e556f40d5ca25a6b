"""The records. Invariant: importing this package knows every table."""

from kb.models.accounts import Account, ApiToken, SignIn, SignInAttempt, Team
from kb.models.answering import AnswerChoice
from kb.models.articles import Article, ArticleVote, Passage, Revision
from kb.models.audit import AuditEntry
from kb.models.base import Base
from kb.models.editing import Attachment, Comment, Schedule, Submission
from kb.models.escalations import Escalation
from kb.models.outbox import OutboxEvent
from kb.models.predictions import AlarmChoice, Prediction, Review
from kb.models.recurring import RecurringIssue, RecurringMember
from kb.models.suggestions import Question, Suggestion
from kb.models.synonyms import SynonymGroup
from kb.models.tickets import Link, Message, PendingLink, Ticket
from kb.models.training import TrainingRun

__all__ = [
    "Account",
    "AlarmChoice",
    "AnswerChoice",
    "ApiToken",
    "Article",
    "ArticleVote",
    "Attachment",
    "AuditEntry",
    "Base",
    "Comment",
    "Escalation",
    "Link",
    "Message",
    "OutboxEvent",
    "Passage",
    "PendingLink",
    "Prediction",
    "Question",
    "RecurringIssue",
    "RecurringMember",
    "Review",
    "Revision",
    "Schedule",
    "SignIn",
    "SignInAttempt",
    "Submission",
    "Suggestion",
    "SynonymGroup",
    "Team",
    "Ticket",
    "TrainingRun",
]
