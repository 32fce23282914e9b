"""What words of a question point to: danger to life, and its kind. Data, read by whoever records."""

from __future__ import annotations

import re
from dataclasses import dataclass

# The service that comes, and the words that call for it; what follows a word in brackets makes it harmless.
_DANGERS: tuple[tuple[str, str], ...] = (
    (
        "119",
        "燃气(?![费价卡表公补]) 煤气(?![费价卡表公补]) 着火 起火 失火 火灾 冒烟 爆炸 "
        "被困 困在 坍塌 塌方 倒塌 落水 溺水 触电 漏电",
    ),
    ("120", "中毒 昏迷 昏倒 晕倒 没有呼吸 大出血 触电 坠落 坠楼 溺水 割腕 服毒 心梗"),
    ("110", "自杀 轻生 跳楼 跳桥 不想活 割腕 持刀 砍人 绑架 家暴 失踪 走失"),
)
# The first kind whose word is found is guessed, so what is rarer and plainer comes first.
_KINDS: tuple[tuple[str, str], ...] = (
    ("disclosure", "依申请公开 信息公开申请 申请公开 申请信息公开"),
    ("tip_off", "举报 检举 揭发"),
    ("complaint", "投诉 不作为 乱收费 态度恶劣 态度不好 态度差 推诿 扰民 拖欠"),
    ("praise", "表扬 点赞 锦旗 感谢"),
    ("suggestion", "建议 提议 希望增设 希望增加"),
    ("help", "求助 救助 帮帮 停水 停电 停气 停暖 漏水 堵了 坏了 没人管 请尽快 请马上"),
    ("consultation", "咨询 请问 怎么 如何 哪里 哪儿 什么时候 多少钱 需要什么 是否"),
)


def _read(table: tuple[tuple[str, str], ...]) -> list[tuple[str, re.Pattern[str]]]:
    return [(meant, re.compile("|".join(words.split()))) for meant, words in table]


_DANGEROUS, _KINDRED = _read(_DANGERS), _read(_KINDS)


@dataclass(frozen=True)
class Danger:
    """An emergency service, and the word by which it is called for."""

    number: str
    word: str


def dangers_in(text: str) -> list[Danger]:
    """The services that the words call for, each once, the most fitting first; empty where there is no danger."""
    found = [
        (word.start(), Danger(number, word[0]))
        for number, words in _DANGEROUS
        if (word := words.search(text))
    ]
    return [danger for _at, danger in sorted(found, key=lambda each: each[0])]


def kind_in(text: str) -> tuple[str, str] | None:
    """The kind that the words point to, and the word; None where they point to none."""
    for kind, words in _KINDRED:
        if word := words.search(text):
            return kind, word[0]
    return None
