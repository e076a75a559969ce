"""A node as visitors find it: associations, forums, topics, a project, updates, and somebody elsewhere.

The words are those of the demonstration content: Arabic, Darija, French and Tamazight mixed.
"""

from pathlib import Path
from typing import Any

from federation import actors as documents
from federation import groups, outbox, proposals
from federation.outbox import Draft
from node import settings
from node.network import associations, board, partners, projects
from node.network.forums import Forum
from node.network.projects import Project, Stage
from node.network.topics import solve
from node.people import actors
from node.posts import posts
from node.store import Database, Row, connect, write_now
from tests.world import document, know_badr, make_node

DAY = 86_400_000
PICTURE = {"url": "https://peer.example/p.jpg", "type": "image/jpeg", "description": "شابات أمام آلات خياطة", "width": 640,
           "height": 320}  # fmt: skip

ASSOCIATIONS = [
    ("khouyoute", "جمعية خيوط الغد للتكوين والإدماج", "Association Khouyoute Al Ghad pour la formation et l'insertion",
     "vocational", "casa-3", "m", "2011",
     "نكوّن شباب الحي المحمدي وعين السبع في الخياطة والإعلاميات وتقنيات البحث عن الشغل، ونواكبهم حتى أول عقد عمل.",
     "Couture, informatique et recherche d'emploi pour les jeunes de Hay Mohammadi et Aïn Sebaâ."),
    ("douars", "جمعية دواوير بلا عطش للماء والتنمية القروية", "Association Douars sans soif", "water", "MA-SIB", "s", "2008",
     "نصلح نقط الماء بالدواوير مع لجان النساء.", "Points d'eau des douars, avec les comités de femmes."),
    ("imi", "جمعية إمي ن تمازيرت للثقافة الأمازيغية", "Association Imi n Tmazirt", "culture-arts", "casa-4", "xs", "2015",
     "دروس تيفيناغ كل سبت.", "Cours de tifinagh chaque samedi."),
    ("marafie", "جمعية مرافئ للأشخاص في وضعية إعاقة", "Association Marafie", "culture-arts", "MA-JDI", "m", "2003",
     "الولوج إلى المدينة للجميع.", "La ville accessible à toutes et tous."),
]  # fmt: skip


def make(folder: Path, origin: str, now: int) -> dict[str, Any]:
    """The named world with all this in it; names of what a test may look for."""
    make_node(folder, origin, development=True)
    db = connect(folder)
    try:
        return write_now(db, fill, now)
    finally:
        db.close()


def fill(db: Database, now: int) -> dict[str, Any]:
    """Ids of the topic, the project's update, the long topic."""
    settings.choose(db, "name", {"ar": "شبكة جمعيات الدار البيضاء - سطات", "fr": "Réseau associatif Casablanca-Settat",
                                 "en": "Casablanca-Settat network of associations"})  # fmt: skip
    settings.choose(db, "tagline", {"ar": "جمعيات الجهة تتعارف، تتشاور وتشتغل مع بعضها.",
                                    "fr": "Les associations de la région se connaissent et travaillent ensemble."})  # fmt: skip
    settings.choose(db, "rules", [{"ar": "نتحدث باحترام، ونناقش الأفكار لا الأشخاص.", "fr": "On discute des idées, pas des personnes."},
                                  {"ar": "لا إشهار تجاري ولا دعاية انتخابية.", "fr": "Ni publicité ni campagne électorale."}])  # fmt: skip
    amal, yto = _row(db, "amal"), _row(db, "yto")
    orgs = {one[0]: _association(db, one, now - 90 * DAY) for one in ASSOCIATIONS}
    know_badr(db)
    badr = documents.keep(db, document_of_badr(), False, now)
    forum = groups.open_forum(
        db, "tachbik", {"ar": "التشبيك والعمل المشترك", "fr": "Réseautage et action commune"}, [amal["id"]], now - 80 * DAY,
        aims={"ar": "نلقاو شركاء، نوزعو الأدوار، ونهضرو على الترافع.", "fr": "Partenaires, rôles, plaidoyer."},
        forum=Forum(field="philanthropy", rules={"ar": "<p>نحترم وقت بعضنا.</p>", "fr": "<p>On respecte le temps des autres.</p>"}),
    )  # fmt: skip
    groups.open_forum(db, "tamwil", {"ar": "التمويل وطلبات العروض", "fr": "Financements"}, [yto["id"]], now - 80 * DAY,
                      aims={"ar": "الفرص، الشروط، وتجارب الملفات.", "fr": "Opportunités et retours d'expérience."})  # fmt: skip
    topic = outbox.publish(db, amal, Draft(
        kind="topic", title="كيف نوزع الأدوار في ملف مشترك بين ثلاث جمعيات؟", place=forum, language="ary",
        text="السلام عليكم، حنا ثلاث جمعيات بغينا نقدمو ملف واحد لطلب العروض ديال إدماج الشباب.\n\n#شراكة #ملف_مشترك",
        on_behalf=orgs["khouyoute"]["id"],
    ), now - 21 * DAY)  # fmt: skip
    answer = outbox.publish(db, yto, Draft(
        text="وعليكم السلام. غالبا المانح كيطلب جمعية واحدة حاملة للمشروع والباقي شركاء باتفاقية مكتوبة.", reply_to=topic["id"],
        language="ary"), now - 20 * DAY)  # fmt: skip
    outbox.publish(
        db, amal, Draft(text="شكرا بزاف، غادي نجربوها.", reply_to=answer["id"], language="ary"), now - 2 * DAY
    )
    solve(db, topic["id"], answer["id"], now)
    long = outbox.publish(db, yto, Draft(
        kind="topic", title="Mutualiser un minibus entre associations : qui est intéressé ?", place=forum, language="fr",
        text="On loue chacun de notre côté pour chaque sortie. Si on était six ou sept, on pourrait partager."), now - 9 * DAY)  # fmt: skip
    for number in range(35):
        outbox.publish(
            db, amal, Draft(text=f"Réponse {number}", reply_to=long["id"], language="fr"), now - 8 * DAY + number
        )
    project, update = _project(db, amal, orgs, now)
    outbox.publish(db, orgs["imi"], Draft(
        text="ⴰⵣⵓⵍ! ⵜⴰⵎⵙⵉⵔⵜ ⵏ ⵜⵉⴼⵉⵏⴰⵖ ⴰⵙⵙ ⵏ ⵓⵙⵉⴹⵢⴰⵙ.\n\nدرس تيفيناغ هذا السبت على العاشرة. #تيفيناغ", language="ar"), now - 3 * DAY)  # fmt: skip
    outbox.publish(db, orgs["douars"], Draft(
        text="توصلنا بألواح المضخة السادسة. محتاجين كهربائي متطوع نهار السبت.", language="ary"), now - DAY)  # fmt: skip
    outbox.publish(db, amal, Draft(text="On se voit samedi ? <script>alert(1)</script>", language="fr", warning="Rendez-vous"),
                   now - 3_600_000)  # fmt: skip
    outbox.publish(db, amal, Draft(text="Pour mes abonnés seulement: motsecret", visibility="followers"), now - 1000)
    poll = outbox.publish(db, amal, Draft(
        kind="question", text="أي يوم يناسبكم؟", language="ar",
        poll={"options": [("السبت صباحا", 31), ("الأحد صباحا", 12)], "multiple": False, "closes": now + 4 * DAY}), now - 4 * DAY)  # fmt: skip
    event = outbox.publish(db, orgs["imi"], Draft(
        kind="event", title="درس تيفيناغ للأطفال", text="كل سبت بمقر الجمعية.", language="ar",
        details={"start": now + 5 * DAY, "end": now + 5 * DAY + 5_400_000, "status": "CONFIRMED", "coming": 3,
                 "place": {"name": "مقر الجمعية", "locality": "الحي الحسني"}}), now - 5 * DAY)  # fmt: skip
    need = proposals.publish(db, orgs["douars"], Draft(
        kind="need", title="عدّاد ماء رئيسي مستعمل DN50", text="العطب أثّر على 40 عائلة.", language="ar"),
        board.Facts(fields=("water",), region="MA-SIB", until=now + 5 * DAY), now - 6 * DAY)  # fmt: skip
    proposals.publish(db, orgs["imi"], Draft(kind="offer", title="Sono à prêter", text="À réserver.", language="fr"),
                      board.Facts(fields=("culture-arts",), region="casa-4"), now - 6 * DAY)  # fmt: skip
    call = proposals.publish(db, orgs["marafie"], Draft(
        kind="call", title="مبادرات الشباب في الأحياء", text="ملف من 3 صفحات.", language="ar"),
        board.Facts(fields=("youth",), until=now + 32 * DAY, least=30_000, most=120_000, currency="MAD",
                    link="https://ofoq.example/appel"), now - 6 * DAY)  # fmt: skip
    return {"need": need["id"], "call": call["id"], "event": event["id"], "topic": topic["id"], "long": long["id"], "project": project, "update": update["id"], "poll": poll["id"],
            "badr": badr["id"], "answer": answer["id"]}  # fmt: skip


def document_of_badr() -> dict[str, object]:
    """Badr with a long Latin name in a right-to-left list."""
    from tests.world import BADR

    return document(BADR) | {"name": "Badr Ben Salah", "summary": "<p>Sfax</p>", "indexable": True}


def _row(db: Database, name: str) -> Row:
    found = actors.ours(db, name)
    assert found is not None
    return found


def _association(db: Database, one: tuple[str, ...], now: int) -> Row:
    name, arabic, french, slug, region, size, founded, about, about_french = one
    actor = documents.create(db, "Organization", name, now, display=arabic, displays={"ar": arabic, "fr": french},
                             language="ar")  # fmt: skip
    associations.describe(db, actor, now, texts={"ar": f"<p>{about}</p>", "fr": f"<p>{about_french}</p>"})
    associations.save(db, actor, associations.Facts(
        field=slug, region=region, size=size, founded=founded, legal_form="ma-association", languages=["ar", "fr"],
        hours={"ar": "من الإثنين إلى السبت، من 9:00 إلى 18:00", "fr": "lundi-samedi, 9 h-18 h"},
        contacts=[{"kind": "phone", "value": "05 22 00 00 01", "shown": "public"},
                  {"kind": "email", "value": "secret@example.org", "shown": "local"}],
    ), now)  # fmt: skip
    return actors.get(db, actor)


def _project(db: Database, amal: Row, orgs: dict[str, Row], now: int) -> tuple[int, Row]:
    actor = documents.create(
        db, "Group", "forsa", now - 150 * DAY, role="project", display="فرصة: من الورشة إلى الشغل", language="ar",
        displays={"ar": "فرصة: من الورشة إلى الشغل", "fr": "Forsa : de l'atelier à l'emploi"},
        summary="<p>تكوين قصير في الخياطة الصناعية وصيانة الهواتف، ثم تدريب داخل المقاولة.</p>",
    )  # fmt: skip
    lead, partner = orgs["khouyoute"], orgs["marafie"]
    projects.keep(db, actor, Project(
        lead["uri"], lead["id"], "active", None, now - 150 * DAY, now + 210 * DAY,
        projects.Facts(places=["casa-3", "MA-NOU"], fields=["vocational"], target=120, reached=74,
                       budget={"amount": "480000", "currency": "MAD", "shown": True},
                       funders=[{"name": "مؤسسة أفق للدعم (نموذج)"}, {"uri": partner["uri"]}, {"uri": "https://funds.example/orgs/x"}]),
    ), now)  # fmt: skip
    projects.set_stages(db, actor, [
        Stage({"ar": "اختيار 120 مستفيدا ومستفيدة", "fr": "Choix des 120 bénéficiaires"}, ends=now - 120 * DAY, done=True),
        Stage({"ar": "إطلاق الورشتين بعين السبع"}, ends=now - 90 * DAY, done=True),
        Stage({"ar": "توقيع اتفاقيات التدريب مع 15 مقاولة"}, ends=now - 10 * DAY, progress=60),
        Stage({"ar": "الفوج الثاني بالنواصر"}, starts=now + 40 * DAY, ends=now + 80 * DAY),
        Stage({"ar": "معرض التخرج والتقييم"}, starts=now + 200 * DAY, ends=now + 210 * DAY),
    ], now)  # fmt: skip
    _partner(db, actor, partner, "accepted", now)
    _partner(db, actor, orgs["imi"], "asked", now)
    update = outbox.publish(db, amal, Draft(
        kind="update", place=actor, on_behalf=lead["id"], language="ar",
        text="12 متخرجة دخلن التدريب اليوم. شكرا لفرقة مسرح الأحياء على حصة «المقابلة ديال الشغل» بالمسرح."), now - 4 * DAY)  # fmt: skip
    return actor, posts.get(db, update["id"])


def _partner(db: Database, project: int, who: Row, state: str, now: int) -> None:
    partners.ask(db, project, who, "implementing", f"{who['uri']}#offer", now)
    if state == "accepted":
        partners.answer(db, project, who["uri"], "accepted", f"{who['uri']}#accept", now)
