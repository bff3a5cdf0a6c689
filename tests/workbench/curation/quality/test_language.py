import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.curation.quality.language import detect_languages
from workbench.curation.word_hashes import hash_words

# Universal Declaration of Human Rights, article 1: none of it was used to choose the words.
ARTICLE = {
    "en": "All human beings are born free and equal in dignity and rights. They are endowed with "
    "reason and conscience and should act towards one another in a spirit of brotherhood.",
    "de": "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft "
    "und Gewissen begabt und sollen einander im Geist der Brüderlichkeit begegnen.",
    "fr": "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués "
    "de raison et de conscience et doivent agir les uns envers les autres dans un esprit de "
    "fraternité.",
    "es": "Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como "
    "están de razón y conciencia, deben comportarse fraternalmente los unos con los otros.",
    "it": "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti. Essi sono dotati "
    "di ragione e di coscienza e devono agire gli uni verso gli altri in spirito di fratellanza.",
    "pt": "Todos os seres humanos nascem livres e iguais em dignidade e em direitos. Dotados de "
    "razão e de consciência, devem agir uns para com os outros em espírito de fraternidade.",
    "nl": "Alle mensen worden vrij en gelijk in waardigheid en rechten geboren. Zij zijn begiftigd "
    "met verstand en geweten, en behoren zich jegens elkander in een geest van broederschap te "
    "gedragen.",
    "sv": "Alla människor är födda fria och lika i värde och rättigheter. De har utrustats med "
    "förnuft och samvete och bör handla gentemot varandra i en anda av gemenskap.",
    "pl": "Wszyscy ludzie rodzą się wolni i równi w swojej godności i prawach. Są oni obdarzeni "
    "rozumem i sumieniem i powinni postępować wobec siebie w duchu braterstwa.",
    "ru": "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены "
    "разумом и совестью и должны поступать в отношении друг друга в духе братства.",
    "zh": "人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,并应以兄弟关系的精神相对待。",
    "ja": "すべての人間は、生れながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    "ko": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "el": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.",
}


def detect_language(text):
    return detect_languages([text], hash_words([text]))[0]


@pytest.mark.parametrize("language", ARTICLE)
def test_the_article_is_recognised(language):
    assert detect_language(ARTICLE[language]) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Cough 3 days, fever 38.5, metformin 500 mg bid.",
        "The plan.",
        "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan.",
        f"{ARTICLE['en']} {ARTICLE['de']}",
    ],
)
def test_short_mixed_and_other_languages_are_unknown(text):
    assert detect_language(text) == "unknown"


@settings(deadline=None)
@given(st.permutations(list(ARTICLE)))
def test_the_answer_does_not_depend_on_the_company(order):
    texts = [ARTICLE[name] for name in order]
    assert detect_languages(texts, hash_words(texts)) == order


def test_japanese_in_mostly_chinese_characters_is_japanese():
    assert detect_language("被告人は東京地方裁判所の判決に対して控訴した") == "ja"
