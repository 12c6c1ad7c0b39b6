"""Which language a text is in, and whether it holds sentences, told by its small words."""

import pytest

from reportgen.check.language import language_of, share_of_small_words

TEXTS = {
    "English": "The cell state is what the network carries from one step to the next, and it is changed by the gates only.",
    "Spanish": "El estado de la celda es lo que la red lleva de un paso al siguiente, y solo las puertas lo cambian en cada paso.",
    "Portuguese": "O estado da célula é o que a rede leva de um passo para o outro, e só as portas o mudam em cada passo.",
    "French": "L’état de la cellule est ce que le réseau porte d’un pas à l’autre, et il n’est changé que par les portes dans ce réseau.",
    "German": "Der Zellzustand ist das, was das Netz von einem Schritt zum nächsten trägt, und er wird nur durch die Tore verändert.",
    "Italian": "Lo stato della cella è ciò che la rete porta da un passo al successivo, e non è cambiato che dalle porte in ogni passo.",
    "Dutch": "De celtoestand is wat het netwerk van de ene stap naar de volgende draagt, en die wordt alleen door de poorten veranderd.",
    "Polish": "Stan komórki to jest to, co sieć przenosi z kroku na krok, i nie zmienia się on przez nic poza bramkami, które są w sieci.",
    "Turkish": "Hücre durumu bir adımdan sonra daha taşınan şeydir ve bu durum için her kapı çok önemlidir, ama bir ağ gibi de olur.",
    "Vietnamese": "Trạng thái của ô nhớ là những gì mà mạng mang từ bước này đến bước sau, và nó được các cổng thay đổi trong mỗi bước.",
    "Chinese": "细胞状态是网络从一个时间步带到下一个时间步的内容，它只由门来改变。",
    "Japanese": "セル状態とは、ネットワークがある時刻から次の時刻へ運ぶものであり、ゲートによってのみ変更される。",
    "Korean": "셀 상태는 네트워크가 한 단계에서 다음 단계로 전달하는 것이며, 게이트에 의해서만 변경된다.",
    "Arabic or another language in Arabic letters": "حالة الخلية هي ما تحمله الشبكة من خطوة إلى الخطوة التالية ولا تغيرها إلا البوابات",
}


@pytest.mark.parametrize("language", TEXTS)
def test_a_language_is_known_by_its_small_words_or_its_letters(language: str) -> None:
    assert language_of(TEXTS[language]) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Gates.",
        "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore",
        "x " * 50,
        "σ(W) " * 9,
    ],
)
def test_too_little_and_filler_are_in_no_language(text: str) -> None:
    assert language_of(text) == ""


def test_sentences_are_told_from_lists_of_words() -> None:
    assert share_of_small_words(TEXTS["English"], "English") > 0.4
    assert share_of_small_words("forget gate weights bias sigmoid input hidden state learn network", "English") == 0
    assert share_of_small_words("whatever it says", "") == 1
