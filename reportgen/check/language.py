"""Which language a text is in, and whether it is in sentences: told by the small words that no sentence does without."""

import re
from collections import Counter
from functools import lru_cache

MOST_WORDS = 4000  # of a text that are looked at; a language shows itself in fewer
_LEAST_WORDS = 15  # fewer tell nothing
_LEAST_DIFFERENT = 5  # small words
_LEAST_SHARE = 0.2  # of small words: a third to a half of prose in these languages, less than a tenth of Latin filler

_SMALL_WORDS = {
    "English": "a about after all also an and any are as at be because been before being between both but by can "
    "could did do does each either else every few first for from had has have he her here his how however "
    "i if in into is it its itself just let like many may me might more most must my neither no nor not "
    "now of off on once one only or other our out over own same she should since so some such than that "
    "the their them then there therefore these they this those through thus to too two under until up "
    "upon us very was we were what when where whether which while who whose why will with within without "
    "would you your",
    "Spanish": "al así cada como con cual cuando de del desde donde dos e el ella ellas en entre es esa ese eso esta "
    "este esto está están ha hasta hay la las le lo los más mi muy ni no nos o otra otro para pero por "
    "porque que qué se según ser si sin sobre son su sus también tiene todo un una uno y ya",
    "Portuguese": "ao aos as até cada com como da das de do dos e ela ele em entre essa esse esta este isso já mais mas "
    "muito na nas nem no nos não nós o os ou outra outro para pela pelo por porque quando que se sem ser "
    "seu seus sua suas são também tem um uma às é",
    "French": "au aussi aux avec c ce ces cette chaque comme d dans de des deux donc du elle elles en entre est et "
    "il ils j je l la le les leur lui mais même n ne nous on ont ou où par pas plus pour qu que qui s sa "
    "sans se ses si son sont sur tout un une vous à été être",
    "German": "aber als alle am an auch auf aus bei bis da das dass dem den der des die dieser dieses durch ein "
    "eine einem einen einer eines er es für hat ich ihr im in ist je jede jeder kann man mehr mit nach "
    "nicht noch nur oder sehr sein seine sich sie sind so über um und uns unter vom von vor war was wenn "
    "werden wie wird wir zu zum zur zwei",
    "Italian": "ad al alla alle anche che ci come con cui da dal dalla degli dei del della delle di due e gli ha i "
    "il in la le lo loro ma nei nel nella non o ogni per perché più quando questa questo se si sono su "
    "sua sulla suo tra un una uno è",
    "Dutch": "aan al als bij dat de die dit door een en er geen heeft het hij hun in is kan maar meer met naar "
    "niet nog of om ook op over te tot uit van voor was wat we wordt worden zich zij zijn zo",
    "Turkish": "ama bir bu da daha de en gibi her için ile ise kadar ki ne o olan olarak sonra ve veya ya çok şu",
    "Polish": "a ale co czy dla do i ich jak jako jest jego jej lub ma na nie o od oraz po pod przez się są ta tak "
    "to tylko tym w we z za ze że",
    "Vietnamese": "bị cho có các của cũng được giữa khi không là lại một mà mỗi này như những nó rất sau sẽ thì trong "
    "trên từ và vào với đã đó để",
}
_KNOWN = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}

_WORD = re.compile(r"[^\W\d_]+")
_SCRIPTS = {
    "Chinese": re.compile("[\u4e00-\u9fff]"),
    "Japanese": re.compile("[\u3040-\u30ff]"),
    "Korean": re.compile("[\uac00-\ud7af]"),
    "Russian or another language in Cyrillic letters": re.compile("[\u0400-\u04ff]"),
    "Greek": re.compile("[\u0370-\u03ff]{3}"),  # a single one is a symbol
    "Arabic or another language in Arabic letters": re.compile("[\u0600-\u06ff]"),
    "Hebrew": re.compile("[\u0590-\u05ff]"),
    "Hindi or another language in Devanagari": re.compile("[\u0900-\u097f]"),
    "Bengali": re.compile("[\u0980-\u09ff]"),
    "Tamil": re.compile("[\u0b80-\u0bff]"),
    "Telugu": re.compile("[\u0c00-\u0c7f]"),
    "Thai": re.compile("[\u0e00-\u0e7f]"),
}


@lru_cache(maxsize=64)
def language_of(text: str) -> str:
    """Return the English name of the language that a text is in, or "" where it is too short or its small words tell of none."""
    words = _words(text)
    letters = sum(map(len, words))
    # Japanese is written in Chinese characters as well, so the rarer script decides.
    scripts = {name: len("".join(pattern.findall(text))) for name, pattern in _SCRIPTS.items()}
    if scripts["Japanese"] > letters / 10:
        return "Japanese"
    script = max(scripts, key=lambda name: scripts[name])
    if scripts[script] > letters / 2 and letters > _LEAST_WORDS:
        return script
    if len(words) < _LEAST_WORDS:
        return ""
    counted = Counter(words)
    shares = {name: sum(counted[word] for word in known) / len(words) for name, known in _KNOWN.items()}
    best = max(shares, key=lambda name: shares[name])
    several = len(_KNOWN[best] & counted.keys()) >= _LEAST_DIFFERENT  # the names in a formula are small as well
    return best if several and shares[best] >= _LEAST_SHARE else ""


def share_of_small_words(text: str, language: str) -> float:
    """Return how much of a text is words that hold sentences of that language together, from 0 to 1; 1 where nothing can be said."""
    words = _words(text)
    known = _KNOWN.get(language)
    return sum(word in known for word in words) / len(words) if known and words else 1.0


def _words(text: str) -> list[str]:
    found = _WORD.finditer(text.casefold())
    return [match[0] for _, match in zip(range(MOST_WORDS), found, strict=False)]
