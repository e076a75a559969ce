"""Letters to people's own addresses, links that open one thing once, and what those who moderate decide.

Times are UTC milliseconds, ids as in m0001.
"""

from sqlite_utils import Database

SCHEMA = """
create table mails (
    id       integer primary key,           -- of its own: the order of sending
    kind     text not null,                 -- a name in web/mails.py
    user     integer references users(id) on delete cascade,
    request  integer references join_requests(id) on delete cascade, -- of somebody who has no account yet
    address  text not null,
    locale   text not null default '',
    facts    text not null default '{}',    -- JSON: what the words need; never a secret
    at       integer not null,
    due      integer,                       -- null: sent or given up
    tries    integer not null default 0,
    state    text not null check (state in ('waiting', 'done', 'failed')),
    error    text not null default '',
    settled  integer
) strict;
create index mails_due on mails (due) where due is not null;
create index mails_by_address on mails (address collate nocase, at);
create index mails_settled on mails (settled) where settled is not null;

create table links (
    secret   text primary key,              -- SHA-256
    kind     text not null check (kind in ('confirm', 'change', 'reset')),
    user     integer references users(id) on delete cascade,
    request  integer references join_requests(id) on delete cascade,
    address  text,                          -- where it was sent; null: handed over by the operator
    at       integer not null,
    expires  integer not null,
    check ((user is null) <> (request is null))
) strict, without rowid;
create index links_by_user on links (user, kind, at);
create index links_by_request on links (request) where request is not null;

alter table join_requests add column confirmed integer;
alter table join_requests add column at_once integer not null default 0;
update join_requests set confirmed = at;

create table address_blocks (
    id       integer primary key,
    network  text not null unique,          -- as 192.0.2.0/24
    severity text not null check (severity in ('sign_up_requires_approval', 'sign_up_block', 'no_access')),
    comment  text not null default '',
    expires  integer
) strict;

create table mail_host_blocks (
    id    integer primary key,
    host  text not null unique
) strict;

create table mail_blocks (
    id      integer primary key,
    digest  text not null unique            -- SHA-256 of the address without case, dots and what follows a +
) strict;

create table host_decisions (
    id              integer primary key,
    host            text not null unique,
    noop            integer not null default 0, -- 1: listed without silence or block
    reject_reports  integer not null default 0,
    obfuscate       integer not null default 0,
    private_comment text not null default '',
    public_comment  text not null default ''
) strict;
insert into host_decisions (id, host)
select (cast(strftime('%s', 'now') as integer) * 1000 << 16) + row_number() over (order by host), host
  from hosts where policy <> '';

create table trend_refusals (
    kind     text not null check (kind in ('post', 'tag')),
    subject  integer not null,
    at       integer not null,
    primary key (kind, subject)
) strict, without rowid;

alter table actors add column sensitized integer;

alter table reports add column assigned integer references users(id) on delete set null;
alter table reports add column rules text not null default '[]';
alter table reports add column updated integer;

alter table tokens add column request integer;
create index tokens_by_request on tokens (request) where request is not null;
"""


def apply(db: Database) -> None:
    """See the comments in the schema."""
    for statement in SCHEMA.split(";\n"):
        if statement.strip():
            db.execute(statement)
