"""One exam, and one student's sheet of it, for all tests."""

from course.app.classroom.exam import drawing, variants
from course.app.classroom.exam.variants import Sheet
from course.app.classroom.roster import Student
from course.drills.bank import bank

NAME = "midterm"
PUPILS = (Student("ab1", "Änne", "Müller"), Student("cd2", "José", "Neil"), Student("ef3"), Student("gh4"))
IDS = [student.id for student in PUPILS]


def drawn(seed: str = "s", lessons: str = "01-07", minutes: int = 60, number: int | None = None) -> drawing.Exam:
    return drawing.draw(NAME, seed, drawing.lessons(lessons), minutes, number, bank())[0]


EXAM = drawn()
SHEET = Sheet(EXAM, variants.draw(EXAM, "ab1"))
NUMBER = next(id for id, asked in SHEET.asked.items() if asked.instance)
CHOICE = next(id for id, asked in SHEET.asked.items() if asked.options)
