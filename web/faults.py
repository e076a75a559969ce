"""Which field of a form a refusal speaks of, so that the sentence stands beside what is to be mended.

The refusals themselves know nothing of forms: they are raised where they are known.  Where several fields
are named, the first that the form has is meant.  A sentence that is not here stands on top of the page alone.
"""

FIELDS: dict[str, tuple[str, ...]] = {
    # an account
    "A name has 2 to 30 of the letters a-z, digits and _.": ("name",),
    "This name is reserved: {name}.": ("name",),
    "This name is taken: {name}.": ("name",),
    "A password has at least {count} characters.": ("new", "password"),
    "A password has at most {count} characters.": ("new", "password"),
    "This is not your password.": ("password",),
    "The code is not right, or it was used already. Wait for the next one, and type that.": ("code",),
    "This is no e-mail address.": ("email", "contact"),
    "The network needs a name.": ("name-ar",),
    "Please give an e-mail address.": ("email",),
    "This e-mail address has an account already.": ("email",),
    "This e-mail address is not taken here. Please use another one.": ("email",),
    "Please say in a sentence who you are.": ("reason",),
    "Please read the rules, and agree to them.": ("rules",),
    # writing
    "A topic needs a title.": ("title",),
    "Say in one line what it is about.": ("title",),
    "Validation failed: Text can't be blank": ("text",),
    "A post has at most {count} characters.": ("text",),
    "A poll needs at least two different options.": ("option",),
    "Progress is between 0 and 100.": ("progress",),
    "This is no picture that we can read. Most cameras and phones save JPEG or PNG.": ("file", "icon"),
    "Choose a picture first.": ("icon",),
    "Choose a file first.": ("file",),
    "No accounts stand in this file: each line begins with an address like name@server.": ("file",),
    "No lists stand in this file: each line is a title, a comma, an address like name@server.": ("file",),
    "No posts stand in this file: each line is an address that begins with https://.": ("file",),
    "No servers stand in this file: each line is a name like server.example.": ("file",),
    "Choose where it belongs.": ("place",),
    # needs, offers, calls
    "The last day must lie ahead, within five years.": ("until",),
    "It cannot open after its last day.": ("opens",),
    "The address begins with https://": ("link",),
    "Only an association that carries the project says what it needs.": ("project",),
    "Write the amount in whole numbers.": ("least",),
    "This amount is too large.": ("most",),
    "The least amount is larger than the most.": ("least",),
    # announcements
    "An announcement says something.": ("text-ar",),
    "This day is over.": ("until",),
    "This is no day: write it like 2027-01-31.": ("until",),
    # events
    "An event needs a title.": ("title",),
    "Say on which day it is, and when it begins.": ("day",),
    "This moment has passed: choose one to come.": ("day",),
    "This is too far away: at most five years.": ("day",),
    "Please write the day like 2027-01-16.": ("day", "on"),
    "Choose a moment that is at least five minutes away.": ("on",),
    "What waits for its moment is signed by one name: yours, or the association's.": ("voice", "on"),
    "Please write the time like 09:00.": ("starts", "at"),
    "An event ends after it begins.": ("ends",),
    "An event lasts at most 31 days.": ("until",),
    "Say where it is: a place, or an address online.": ("place",),
    "The address online begins with https://.": ("online",),
    "Where people sign up elsewhere: an address that begins with https://.": ("outside",),
    "The number of places is between 1 and {most}.": ("capacity",),
    "A meeting is repeated 2 to {most} times.": ("dates",),
    "We know no association called {name}, and its node names none.": ("co", "who"),
    # projects
    "A project needs a title.": ("title-ar",),
    "A forum needs a title.": ("title-ar",),
    "Only people moderate a forum.": ("who",),
    "They look after this forum already.": ("who",),
    "It cannot end before it begins.": ("ends", "until"),
    "An amount is written with digits, like 480000 or 92000,500.": ("amount",),
    "This is no number of people.": ("target",),
    # a visitor's letter to an association
    "Please say who you are.": ("name",),
    "Please leave a telephone number or an e-mail address, so that they can answer you.": ("answer",),
    "Please write your message.": ("text",),
    # filters
    "Write at least one word.": ("word-0",),
    "A list needs a title.": ("title",),
    "A word or phrase has at most {most} characters.": ("word-0",),
    # messages, desks, moderation
    "We know nobody called {name}.": ("to", "who"),
    "Say to whom it goes: @name, or @name@node.": ("to",),
    "This person is in the team already.": ("who",),
    "The year of foundation is a year like 2011, or a date.": ("founded",),
    "This is no server's name.": ("host",),
    "This is our own node.": ("host",),
    "Say why: everybody reads the reason.": ("reason",),
}


def of(sentence: str) -> tuple[str, ...]:
    """Names of the fields that the refusal may speak of; none where it speaks of the whole."""
    return FIELDS.get(sentence, ())
