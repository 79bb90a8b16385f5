"""Writes news for tests: distinct articles of 120 to 250 words on nine subjects, the same ones for the same seed.

Every sentence is a pattern with names, places and figures to fill in, so that two articles on one subject share a manner of
speaking and no paragraph. Nothing here is taken from an outlet.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass


def _words(text: str) -> list[str]:
    return text.split()


_PLACES = _words(
    "Aldermoor Brakenfels Carrowby Dunmere Esterholm Farrendale Gildhaven Harsund Ilmenau Jarrowick Kestrelford Lindmoor "
    "Marlsund Netherby Orrinfirth Pellworth Quarnsee Rosslund Selbrook Tarnholm Ullesby Vennick Wexham Yarrowdale"
)
_FIRST = _words("Ada Bruno Carla David Edda Felix Greta Hugo Irma Jonas Klara Leon Mira Nils Olga Paul Rosa Stefan Thea Viktor")
_LAST = _words(
    "Abel Brandt Corvin Dahl Eklund Falk Grieve Holm Iversen Jansky Keller Lorne Moreau Nyberg Ostrom Petrak Quist Rademaker "
    "Sorley Tamm Ulrich Varga Winther Zeman"
)
_DAYS = _words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
_MONTHS = _words("January February March April May June July August September October November December")
_TRADES = _words("bakers drivers farmers fishermen nurses pensioners shopkeepers students teachers tenants traders welders")
_WORKS = _words(
    "archive bridge brewery cannery depot foundry granary hospital library lighthouse mill museum quarry station tannery"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One article as its desk wrote it."""

    title: str
    paragraphs: tuple[str, ...]

    @property
    def body(self) -> str:
        return "\n".join(self.paragraphs)


_SUBJECTS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        (
            "{place} bridge shut after cracks are found near pier {n}",
            "Engineers want {n} weeks to mend the river crossing at {place}",
            "Ferry returns to {place} while the old span is propped up",
        ),
        (
            "Engineers closed the road bridge at {place} on {day} after a survey found {n} hairline cracks beside its eastern pier.",
            "{person}, who leads the highways office, said that lorries above {n} tonnes had worn the deck faster than planned.",
            "Traffic is being sent through {place2}, which adds about {n} minutes to the journey for {trades} on the far bank.",
            "A temporary ferry with room for {n} cars will cross every half hour until the end of {month}.",
            "Steel props were ordered from a yard near {place2} and should be standing before the next spring tide.",
            "The span was last painted {n} years ago, when inspectors called its bearings sound but short of grease.",
            "Repairs may cost {sum} crowns, of which the province has promised to carry {percent} per cent.",
            "Cyclists may still cross on the downstream footway, provided that they dismount beside the {works}.",
            "Divers found scour around two foundations and tipped {n} barges of stone into the holes.",
        ),
    ),
    (
        (
            "{place} {trades} vote to strike over {percent} per cent pay gap",
            "Talks at the {place} {works} break down after {n} hours",
            "Night shift ends as {place} owners and staff settle on pay",
        ),
        (
            "Staff of the {works} at {place} voted by {n} to {n2} to stop work from {day} unless wages keep up with prices.",
            "Union secretary {person} said that the last offer was worth {percent} per cent less than the one made in {month}.",
            "The owners answered that orders from {place2} had fallen by {percent} per cent and that no reserve was left.",
            "A mediator met both sides for {n} hours in the town hall and left by the back door without a word.",
            "Pickets lit braziers at the gate, where {trades} brought soup and a brass band played until dark.",
            "Some {n} apprentices would lose their examination dates if the dispute lasted beyond {month}.",
            "An earlier walkout ended after {n} days with a bonus of {sum} crowns shared among all grades.",
            "Managers have asked for volunteers to keep the furnaces warm, and {n} foremen have put down their names.",
            "Under the rules a ballot holds for {n} weeks, after which the whole count must be repeated.",
        ),
    ),
    (
        (
            "Storm cuts power to {n} villages around {place}",
            "Flood wall at {place} holds by the width of a hand",
            "{place} counts the damage after a night of hail and wind",
        ),
        (
            "Gusts of {n} kilometres an hour tore down lines around {place} and left {n2} farms without light on {day} night.",
            "{person} of the weather service said that the front had turned towards {place2} later than every model showed.",
            "The river rose to {n} centimetres under the flood mark before it began to fall towards noon.",
            "Firemen pumped out {n} cellars, and a landslip blocked the railway beside the {works} for most of the morning.",
            "Hail the size of walnuts broke greenhouse glass worth {sum} crowns, growers around {place2} estimate.",
            "Schools stay closed until {day}, because {n} roofs must be looked at before anyone is let in.",
            "Volunteers filled {n} hundred sandbags in the market square with gravel that {trades} had carted from the quarry.",
            "Insurers expect that {percent} per cent of the claims will be for cars that stood under the lime trees.",
            "A colder spell is forecast for {month}, with frost in the valleys and fog along the canal.",
        ),
    ),
    (
        (
            "{place} council rejects tower plan by {n} votes",
            "Budget of {place} leaves {percent} per cent for the schools",
            "Mayor of {place} steps down {n} weeks before the vote",
        ),
        (
            "Councillors in {place} threw out a plan for a {n}-storey tower on the site of the {works} late on {day}.",
            "Mayor {person} said after the count that the town needed homes for {trades} more than it needed a view.",
            "The developer, a firm from {place2}, has {n} days in which to appeal to the provincial court.",
            "Opponents had gathered {n} hundred signatures and a petition that reached from the stairs to the street.",
            "Under the new budget {sum} crowns go to pavements, drains and the roof of the swimming baths.",
            "A proposal to raise the tourist levy by {percent} per cent was put off until {month} for want of figures.",
            "Two members changed sides during the recess, among them {person2}, who had written the first draft.",
            "Turnout at the last local election was {percent} per cent, the lowest since the wards were redrawn.",
            "The clerk read out {n} amendments, most of which were withdrawn before the lamps were lit.",
        ),
    ),
    (
        (
            "Clinic at {place} opens its doors to {n} waiting families",
            "Doctors in {place} warn of a shortage of {n} nurses",
            "Measles returns to {place} after {n} quiet years",
        ),
        (
            "A new clinic in {place} took its first patients on {day}, {n} months later than the health board had planned.",
            "Chief physician {person} said that {percent} per cent of the appointments until {month} were already taken.",
            "Nurses were recruited from {place2} with the promise of flats above the old {works} and free rail passes.",
            "Waiting times for a hip operation have grown to {n} weeks, against {n2} in the neighbouring district.",
            "Parents are asked to bring vaccination cards, since {n} pupils caught measles during the autumn term.",
            "The laboratory can look at {n} samples a day and sends the rest by van to the university.",
            "A scanner paid for by {trades} through a lottery stands unused, because no technician has been found.",
            "The ministry will refund {percent} per cent of the building, but not the {sum} crowns spent on the car park.",
            "Evening hours will be tried for {n} months, after which the staff are to decide by themselves.",
        ),
    ),
    (
        (
            "{place} beat {place2} with a goal in minute {n}",
            "Rowers from {place} win by {n} lengths",
            "{person} leaves {place} after {n} seasons on the bench",
        ),
        (
            "A header in minute {n} gave {place} a narrow win over {place2} in front of {n2} hundred damp spectators on {day}.",
            "Trainer {person} said that his side had run {n} kilometres more than in the first match of the season.",
            "The visitors hit the post twice before the interval and lost their captain to a knee injury.",
            "Goalkeeper {person2}, signed from a club of {trades} for {sum} crowns, stopped a penalty with his foot.",
            "It was the first victory on that ground in {n} years, and the supporters sang long after the lights were out.",
            "The referee showed {n} cards, one of them to a physiotherapist who had kicked over a bucket.",
            "{place} now stand {n} points clear of relegation with the longest journeys of the spring behind them.",
            "Ticket income rose by {percent} per cent since the stand beside the {works} was given a roof.",
            "The return match is set for {month}, provided that the pitch has been drained by then.",
        ),
    ),
    (
        (
            "Court in {place} fines timber firm {sum} crowns",
            "Smuggling trial opens in {place} with {n} accused",
            "{place} forger sold {n} false paintings, court is told",
        ),
        (
            "Judges in {place} heard on {day} how {n} crates of cigarettes were walled into the cellar of the {works}.",
            "Prosecutor {person} said that the group had paid {trades} at the crossing near {place2} to look away.",
            "The main accused, a carter aged {n}, spoke only to confirm his name and the spelling of his street.",
            "Customs officers had followed a van for {n} kilometres before it stopped at a disused weighbridge.",
            "A ledger found under the floor lists payments of {sum} crowns between {month} and the following summer.",
            "Defence lawyers asked that {percent} per cent of the recordings be struck out as wrongly obtained.",
            "Counsel {person2} called {n} witnesses, of whom three could no longer remember the colour of the lorry.",
            "The hearing was moved to a larger room when the benches gave way under the weight of the public.",
            "A verdict is expected after {n} sittings, and an appeal seems certain whatever it says.",
        ),
    ),
    (
        (
            "Survey finds {n} rare orchids on a heath near {place}",
            "Storks return to {place} {n} days early",
            "Lake at {place} warms by {n} tenths of a degree",
        ),
        (
            "Botanists counted {n} flowering orchids on the heath above {place}, the most since records were begun by {trades}.",
            "Biologist {person} said that grazing with {n} sheep had done more for the slope than any fence.",
            "Water in the lake was {n} tenths of a degree warmer on {day} than the mean of the past {n2} years.",
            "Storks landed on the chimney of the {works} and began to mend a nest that weighs half a tonne.",
            "A ring on one bird shows that it was marked near {place2} as a chick and has flown south {n} times.",
            "Anglers blame a drop of {percent} per cent in the perch catch on cormorants, which ecologists doubt.",
            "The foundation bought {n} hectares of wet meadow for {sum} crowns from a family that had stopped farming.",
            "Walkers are asked to keep dogs on the lead until {month}, when the last broods have left the reeds.",
            "Samples of moss from {n} places are to show how much nitrogen the wind carries from the stables.",
        ),
    ),
    (
        (
            "{place} mill to spin wool again after {n} years",
            "Grain exports through {place} fall by {percent} per cent",
            "{place} brewery sold for {sum} crowns",
        ),
        (
            "Freight through the harbour of {place} fell by {percent} per cent in {month}, mostly because a rust hit the barley.",
            "Harbour master {person} said that {n} barges lay idle and that two pilots had left for {place2}.",
            "A spinning mill that closed {n} years ago will start again with looms bought at auction for {sum} crowns.",
            "The new owners want to take on {n} people, first of all {trades} who live within walking distance.",
            "Bankers in {place2} doubt the plan, since wool prices have dropped for {n} quarters in a row.",
            "Duty on malt rises by {percent} per cent from {day}, which small breweries call the end of bottled beer.",
            "An auditor found {n} sacks fewer in the silo than in the books and asked for a second weighing.",
            "The crown lost a little against its neighbours, and the bourse closed {n} points below its opening.",
            "Cargo for the {works} now comes by rail, {n} wagons a day, because the lock is too short for new hulls.",
        ),
    ),
)
_ANYWHERE = (
    "{person2} of the consumers' league said that the figures should have been laid open {n} weeks ago.",
    "A spokeswoman said on {day} that nothing more would be announced before the middle of {month}.",
    "Residents of {place2}, {n} kilometres away, have asked for a meeting of their own.",
    "In {month} a similar case had kept the province busy for {n} days and ended in a compromise.",
    "{person2}, who has written {n} books about the region, said that memories are long there.",
    "Among {trades} the news was met with a shrug, though one in {n} told a poll that it mattered.",
    "The minutes, {n} pages of them, can be read at the counter of the {works} during office hours.",
    "A decision by the regional assembly, which sits again in {n} days, could still change the outcome.",
    "Photographs taken from the roof of the {works} show how quiet the square remained that {day}.",
    "The last word lies with a commission of {n} people under {person2}, whose report is due in {month}.",
)


class Desk:
    """An endless supply of articles. The same seed gives the same articles."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._subjects = self._turns()

    def article(self, *, short: bool = False) -> News:
        """The next article, never on the subject of the one before; `short`: a brief of three paragraphs."""
        titles, patterns = next(self._subjects)
        lines = [self._fill(pattern) for pattern in self._dice.sample(patterns, 3 if short else self._dice.randint(5, 9))]
        if short:
            return News(title=self.headline(titles), paragraphs=tuple(lines))
        lines.insert(2, self._fill(self._dice.choice(_ANYWHERE[:5])))
        lines.append(self._fill(self._dice.choice(_ANYWHERE[5:])))
        paragraphs = (lines[0], *(" ".join(lines[start : start + 2]) for start in range(1, len(lines), 2)))
        return News(title=self.headline(titles), paragraphs=paragraphs)

    def headline(self, titles: tuple[str, ...] = ()) -> str:
        """A headline alone, as boxes beside an article print them."""
        pattern = self._dice.choice(titles or self._dice.choice(_SUBJECTS)[0])
        filled = self._fill(pattern)
        return filled[0].upper() + filled[1:]

    def sentence(self) -> str:
        """One more sentence, for an edit."""
        return self._fill(self._dice.choice(_ANYWHERE[6:9]))

    def _turns(self) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        while True:
            yield from self._dice.sample(_SUBJECTS, len(_SUBJECTS))

    def _fill(self, pattern: str) -> str:
        dice = self._dice
        place, other = dice.sample(_PLACES, 2)
        person, second = (f"{dice.choice(_FIRST)} {dice.choice(_LAST)}" for _ in range(2))
        values = {
            "place": place, "place2": other, "person": person, "person2": second, "n": dice.randint(4, 97), "n2": dice.randint(4, 97),
            "sum": f"{dice.randint(11, 990)},{dice.randint(100, 999)}", "percent": f"{dice.randint(2, 48)}.{dice.randint(1, 9)}",
            "day": dice.choice(_DAYS), "month": dice.choice(_MONTHS), "trades": dice.choice(_TRADES), "works": dice.choice(_WORKS),
        }  # fmt: skip
        return re.sub(r"\{(\w+)\}", lambda name: str(values[name[1]]), pattern)
