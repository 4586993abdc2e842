"""Examples of the API for petition matters: how one is lodged, and one for every act on it."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

LODGED = OpenApiExample(
    "A petition matter that came by 12345 with a day of its own",
    value={
        "kind": "petition",
        "text": "宅基地审批半年没有结果，请求依法办理。",
        "category": "P03",
        "source": "hotline",
        "sender": "hotline",
        "sender_due": "2026-03-20",
        "parties": [{"name": "张三", "phone": "13800138000", "address": "2组15号"}],
    },
    request_only=True,
)
SERVED = {"served_on": "2026-03-02", "method": "in_person"}
ACTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Pass it on", {"verb": "forward", "unit": 14, "note": "请依法办理。"}),
    ("Assign it with a day to report back",
     {"verb": "entrust", "unit": 14, "until": "2026-04-01T18:00:00+08:00",
      "note": "请查清事实并书面报告办理结果。"}),
    ("Object to the jurisdiction", {"verb": "contest", "note": "按三定方案属水利部门职责。"}),
    ("The objection holds", {"verb": "reroute", "unit": 15, "note": "异议成立，改由水利站办理。"}),
    ("The objection fails", {"verb": "insist", "note": "按三定方案属你单位职责。"}),
    ("Report the result back", {"verb": "report_back", "note": "已办结，信访人表示认可。"}),
    ("Report a grave matter upward",
     {"verb": "report_grave", "note": "涉及二十余户，汛期临近，请予关注。"}),
    ("Accept it", {"verb": "accept", "route": "petition", "method": "in_person"}),
    ("Do not accept it",
     {"verb": "decline", "referral": "请向区水利局提出，电话0000-8800001。", "method": "post",
      "note": "不属于本机关职权范围。"}),
    ("Accept it no more",
     {"verb": "stop_accepting", "other": "LB2026-000001", "method": "post",
      "note": "同一事实和理由，已经复核终结。"}),
    ("Direct it to its legal route",
     {"verb": "route", "route": "judicial", "referral": "六个月内向人民法院提起行政诉讼。",
      "method": "post"}),
    ("Change to the ordinary procedure", {"verb": "to_ordinary", "note": "情况复杂，需要核查。"}),
    ("Extend the sixty days",
     {"verb": "extend", "days": 30, "method": "post", "note": "情况复杂，需要委托鉴定。"}),
    ("Open a hearing", {"verb": "hear", "until": "2026-03-20T18:00:00+08:00"}),
    ("End the hearing", {"verb": "end_hearing", "note": "听证笔录已由各方签字。"}),
    ("Seek an agreement",
     {"verb": "conciliate", "applicant_agrees": True, "respondent_agrees": True,
      "note": "补偿方式属于本单位裁量权范围。"}),
    ("Date a meeting",
     {"verb": "session", "until": "2026-03-10T09:00:00+08:00", "place": "镇调解室"}),
    ("Record the agreement",
     {"verb": "settle", "conclusion": "mediated", "method": "in_person",
      "perform_by": "2026-04-30T00:00:00+08:00", "note": "双方同意一次性补偿三千元。"}),
    ("No agreement", {"verb": "break_off", "note": "一方不再同意调解。"}),
    ("Issue the handling opinion",
     {"verb": "reply", "conclusion": "support", "claim": "请求审批宅基地。",
      "facts": "材料齐全，未按时审查。", "basis": "《土地管理法》第六十二条。",
      "note": "予以支持，三十日内完成审查。", **SERVED}),
    ("Record its service", {"verb": "serve", **SERVED}),
    ("It was carried out", {"verb": "execute", "note": "已颁发批准书。"}),
    ("A request for review on paper", {"verb": "record_review", "note": "对处理意见不服。"}),
    ("Issue the review opinion",
     {"verb": "decide_review", "conclusion": "upheld", "note": "事实清楚，予以维持。", **SERVED}),
    ("A request for re-review on paper", {"verb": "record_rereview", "note": "对复查意见不服。"}),
    ("Issue the re-review opinion",
     {"verb": "conclude", "conclusion": "upheld", "note": "事实清楚，予以维持。", **SERVED}),
)  # fmt: skip
ACT_IN = [OpenApiExample(name, value=value, request_only=True) for name, value in ACTS]
